"""The only place that knows the SDKs of Azure. What comes out are plain dicts, bytes and our own errors.

`operations` is the table of everything that is ever called and imports no SDK; `connection` loads them, when
connecting.
"""
