"""What leaves the station: records as an account may see them, in other programs' formats.

gather.py     raids with their ways and observations, one after the other, redacted
gpx.py kml.py geojson.py geopackage.py table.py capthist.py smart.py   one format each
formats.py    the table of them
export.py     into a file that is whole or not there, and into the audit log
earthranger.py   to a server
"""
