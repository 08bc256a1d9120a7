"""wd"""
class Watchdog:
    def __init__(self, worker): pass
    async def __aenter__(self): return self
    async def __aexit__(self,*a): pass
