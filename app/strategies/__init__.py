"""What a partnership promised and how it goes: targets as data, judged from published series."""
