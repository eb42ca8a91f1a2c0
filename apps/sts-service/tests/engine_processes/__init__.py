"""Engine processes and the stages that run them, with engines that hang, crash, print and grow."""
