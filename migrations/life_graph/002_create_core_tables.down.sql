DROP TABLE commitments;
DROP TABLE roles;
DROP TABLE parties;

DROP TYPE commitment_state;
DROP TYPE commitment_type;
