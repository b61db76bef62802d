"""What needs somebody now: three numbers, the lists behind them, and the estate as it was."""
