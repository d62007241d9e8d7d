from hypothesis import settings

settings.register_profile("pages", max_examples=20, deadline=None)
settings.load_profile("pages")
