"""senders: which sender names an advertiser may use."""
