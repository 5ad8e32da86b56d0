BEGIN TRANSACTION;
CREATE TABLE agents (
	id VARCHAR NOT NULL, 
	owner_id VARCHAR NOT NULL, 
	name TEXT NOT NULL, 
	description TEXT, 
	framework VARCHAR NOT NULL, 
	configuration JSON NOT NULL, 
	tags JSON NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	total_executions INTEGER NOT NULL, 
	successful_executions INTEGER NOT NULL, 
	ended_executions INTEGER NOT NULL, 
	total_duration_ms BIGINT NOT NULL, 
	running_executions INTEGER NOT NULL, 
	last_ended_status VARCHAR, 
	last_executed_at DATETIME, 
	CONSTRAINT pk_agents PRIMARY KEY (id), 
	CONSTRAINT fk_agents_owner_id_users FOREIGN KEY(owner_id) REFERENCES users (id)
);
INSERT INTO "agents" VALUES('a1','u1','Ada',NULL,'probe','{"do": "echo"}','[]',1,'2026-11-23 12:00:00.000000','2026-11-23 12:00:00.000000',1,1,1,12,0,'COMPLETED','2026-11-23 12:00:00.000000');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001_first');
CREATE TABLE api_keys (
	id VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	name TEXT NOT NULL, 
	hash VARCHAR NOT NULL, 
	hint VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	CONSTRAINT pk_api_keys PRIMARY KEY (id), 
	CONSTRAINT uq_api_keys_hash UNIQUE (hash), 
	CONSTRAINT fk_api_keys_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "api_keys" VALUES('k1','u1','laptop','h','ao_abcd','2026-11-23 12:00:00.000000',NULL);
CREATE TABLE executions (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	owner_id VARCHAR NOT NULL, 
	agent_id VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	input JSON NOT NULL, 
	configuration JSON NOT NULL, 
	"trigger" VARCHAR NOT NULL, 
	environment VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	attempt INTEGER NOT NULL, 
	started_at DATETIME, 
	completed_at DATETIME, 
	cancel_requested_at DATETIME, 
	process_pid INTEGER, 
	process_started DOUBLE, 
	gateway_key_hash VARCHAR, 
	output JSON, 
	reason TEXT, 
	failure VARCHAR, 
	tokens_used BIGINT NOT NULL, 
	cost DOUBLE, 
	CONSTRAINT uq_executions_id UNIQUE (id), 
	CONSTRAINT fk_executions_owner_id_users FOREIGN KEY(owner_id) REFERENCES users (id), 
	CONSTRAINT fk_executions_agent_id_agents FOREIGN KEY(agent_id) REFERENCES agents (id) ON DELETE CASCADE
);
INSERT INTO "executions" VALUES(1,'e1','u1','a1','COMPLETED','{}','{"do": "echo"}','manual','development','2026-11-23 12:00:00.000000',1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
CREATE TABLE sessions (
	hash VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	key_id VARCHAR, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (hash), 
	CONSTRAINT fk_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE, 
	CONSTRAINT fk_sessions_key_id_api_keys FOREIGN KEY(key_id) REFERENCES api_keys (id) ON DELETE CASCADE
);
CREATE TABLE users (
	id VARCHAR NOT NULL, 
	name TEXT NOT NULL, 
	role VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id)
);
INSERT INTO "users" VALUES('u1','owner','owner','2026-11-23 12:00:00.000000');
CREATE INDEX ix_api_keys_user_id ON api_keys (user_id);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_sessions_key_id ON sessions (key_id);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);
CREATE INDEX ix_agents_owner_id_created_at_id ON agents (owner_id, created_at, id);
CREATE INDEX ix_executions_owner_id_number ON executions (owner_id, number);
CREATE INDEX ix_executions_agent_id_number ON executions (agent_id, number);
CREATE INDEX ix_executions_status_number ON executions (status, number);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('executions',1);
COMMIT;
