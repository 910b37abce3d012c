"""What Azure bills: exports of Cost Management, Cost Details reports, saved answers of the Query API."""
