"""扫码枪（键盘口）: a scanner that types what it reads and ends with Enter."""
