"""stats: totals of messages and money by day, direction, advertiser, sender and state."""
