"""The live cloud: where things are, and the feeds that bring them. No SDK is imported here; that is the client's."""
