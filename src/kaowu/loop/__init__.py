"""The loop 筹备 → 实施 → 收尾 → 改进: who does what, and when."""
