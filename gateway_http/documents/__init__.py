"""Documents as files. What takes the processor for long is a plain function here: call it by `tpool.execute`."""
