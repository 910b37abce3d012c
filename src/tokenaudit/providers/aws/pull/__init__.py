"""What `tokenaudit pull` does with AWS. Nothing in here is loaded before somebody pulls, but for the connector."""
