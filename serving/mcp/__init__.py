"""MCP: what may an assistant read here, and how? The queue, reasons, insights and the model, in numbers."""
