"""Qwen-VL models in this process, through transformers. Nothing heavy is imported until the model loads."""
