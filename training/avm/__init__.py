"""Training and measuring of valuations: `homelens avm train`, `evaluate`, `backtest`, `promote`."""
