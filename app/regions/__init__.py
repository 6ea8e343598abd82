"""A region's partnerships side by side: alignment, priorities, money counted once, progress, accreditation."""
