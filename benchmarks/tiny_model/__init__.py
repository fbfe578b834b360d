"""A real Qwen3-VL model of 1.2 million parameters for tests: it reads one character in each of four images.

python -m benchmarks.tiny_model train --fonts DIR... --work DIR
python -m benchmarks.tiny_model measure
"""
