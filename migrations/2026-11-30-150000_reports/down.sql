DROP TABLE notices;
DROP TABLE reports;
