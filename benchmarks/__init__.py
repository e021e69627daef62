"""What is measured, how, and against whom (docs/benchmarks.md): `python -m benchmarks`, called by `make bench`."""
