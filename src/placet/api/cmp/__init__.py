"""The headless CMP dialect: banner, preferences, vendors, saves, profiles, receipts."""
