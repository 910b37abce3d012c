"""Where facts come from: one folder a cloud. Providers do not know each other, and nobody imports one by name."""
