"""Private PostgreSQL and RabbitMQ servers of one machine: started, watched and stopped by their owner."""
