"""What runs in the Jobs that judge a new version; standard library only."""
