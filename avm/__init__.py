"""Automated valuation: from market files as they are to values with an honest range.

    market = load_market(Path("king_county.parquet"), "king_county")   # avm.market
    parts = split(market.frame, test_from=date(2015, 4, 1))            # avm.splits

`schema` is the one record that everything speaks; `adapter` describes a file in YAML, `canonical`
reads it so, `clean`, `outliers` and `twins` say what is wrong with it, `market` does all of that
in one call. Frames are polars and are imported where rows are read, never by what serves values.
"""
