"""What LLM tokens really cost, and how fast they come, on AWS Bedrock and Azure OpenAI."""

from __future__ import annotations

__version__ = "0.1.0"
