"""What a listing's description says of the home, with the words that say it. Rules, no model.

    reading = read_text("Trilocale al 2° piano senza ascensore, cantina")     # avm.text.reader
    reading.values()                     # {"rooms": 3, "floor": 2, "lift": False, "storage": True}
    reading["lift"].text                 # "senza ascensore"
    conflicts(reading, {"lift": True})   # the table's value beside the text's (avm.text.conflicts)

A language is a table, languages/CODE.yaml; `table` says what it holds. `tokens` cuts the text into
words, `patterns` finds the table's phrases in one pass, `scope` tells stated from denied, supposed
and somebody else's, and `counts`, `features`, `floors`, `areas`, `years` and `condition` read one
kind of attribute each. Every step looks a bounded number of words around, so time is linear.
"""
