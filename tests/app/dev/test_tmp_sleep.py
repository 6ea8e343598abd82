import time
def test_s(database_url):
    time.sleep(60)
