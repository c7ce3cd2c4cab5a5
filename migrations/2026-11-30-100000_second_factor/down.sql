DROP TABLE pending_log_ins;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
