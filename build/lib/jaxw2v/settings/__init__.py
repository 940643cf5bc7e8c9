"""Every setting's type and range, a file a section; every value is in conf/."""
