"""Remembers: four narrow ports by promise, and the engines that keep them."""
