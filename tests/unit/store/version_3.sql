BEGIN TRANSACTION;
CREATE TABLE kubevigil_crash_logs (
	id VARCHAR(64) NOT NULL, 
	cluster VARCHAR(253) NOT NULL, 
	result VARCHAR(16) NOT NULL, 
	size INTEGER NOT NULL, 
	bytes INTEGER NOT NULL, 
	truncated BOOLEAN NOT NULL, 
	dropped BOOLEAN NOT NULL, 
	settled_at FLOAT NOT NULL, 
	events TEXT NOT NULL, 
	resources TEXT, 
	body BLOB, 
	PRIMARY KEY (id)
);
INSERT INTO "kubevigil_crash_logs" VALUES('793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','c','ok',14,6,0,0,1700000000.0,'[]',NULL,X'789C2B48CCCB4CE60200084E0216');
INSERT INTO "kubevigil_crash_logs" VALUES('f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4','c','ok',13,5,0,0,1700000000.0,'[]',NULL,X'789C2B48CCCB4C06000638020C');
CREATE TABLE kubevigil_crash_order (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR(64) NOT NULL, 
	series VARCHAR(64) NOT NULL, 
	UNIQUE (id)
);
INSERT INTO "kubevigil_crash_order" VALUES(1,'793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','b9e0332bb55a054abda952d908c8522d5b2fca0c5e5c3d21462c32855c5556bc');
INSERT INTO "kubevigil_crash_order" VALUES(2,'f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4','b9e0332bb55a054abda952d908c8522d5b2fca0c5e5c3d21462c32855c5556bc');
INSERT INTO "kubevigil_crash_order" VALUES(3,'a66bf03c2fae87255309cb457f144608a24dee21c8eae191b9c07b79de424247','c96cb6b2f8486080f0720cf2a19a8b7e735b1ee9340027e78882eb3752e53a15');
CREATE TABLE kubevigil_crashes (
	id VARCHAR(64) NOT NULL, 
	cluster VARCHAR(253) NOT NULL, 
	namespace VARCHAR(63) NOT NULL, 
	workload_kind VARCHAR(63) NOT NULL, 
	workload VARCHAR(253) NOT NULL, 
	class VARCHAR(16) NOT NULL, 
	observed_at FLOAT NOT NULL, 
	record TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "kubevigil_crashes" VALUES('793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','c','shop','Deployment','web','error',1700000000.0,'{"id":"793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e","cluster":"c","namespace":"shop","pod":"a-name","pod_uid":"a","node":"node","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://0","image":"","digest":"","restart_count":0},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"","exit_code":1,"signal":"","message":"","started_at":null,"finished_at":null},"log":null,"events":[],"resources":null,"delivery":[]}');
INSERT INTO "kubevigil_crashes" VALUES('f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4','c','shop','Deployment','web','error',1700000000.0,'{"id":"f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4","cluster":"c","namespace":"shop","pod":"a-name","pod_uid":"a","node":"node","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://1","image":"","digest":"","restart_count":1},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"","exit_code":1,"signal":"","message":"","started_at":null,"finished_at":null},"log":null,"events":[],"resources":null,"delivery":[]}');
INSERT INTO "kubevigil_crashes" VALUES('a66bf03c2fae87255309cb457f144608a24dee21c8eae191b9c07b79de424247','c','shop','Deployment','web','error',1700000000.0,'{"id":"a66bf03c2fae87255309cb457f144608a24dee21c8eae191b9c07b79de424247","cluster":"c","namespace":"shop","pod":"b-name","pod_uid":"b","node":"node","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://2","image":"","digest":"","restart_count":2},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"","exit_code":1,"signal":"","message":"","started_at":null,"finished_at":null},"log":null,"events":[],"resources":null,"delivery":[]}');
CREATE TABLE kubevigil_ledger (
	cluster VARCHAR(253) NOT NULL, 
	pod_uid VARCHAR(64) NOT NULL, 
	namespace VARCHAR(63) NOT NULL, 
	state TEXT NOT NULL, 
	gone_at FLOAT, 
	PRIMARY KEY (cluster, pod_uid)
);
INSERT INTO "kubevigil_ledger" VALUES('c','a','shop','{"namespace":"shop","containers":{"app":{"number":1}}}',NULL);
CREATE TABLE kubevigil_meta (
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(255) NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "kubevigil_meta" VALUES('schema','3');
CREATE TABLE kubevigil_outbox (
	id VARCHAR(64) NOT NULL, 
	sink VARCHAR(63) NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	awaits_log BOOLEAN NOT NULL, 
	due_at FLOAT NOT NULL, 
	next_at FLOAT NOT NULL, 
	attempts INTEGER NOT NULL, 
	error VARCHAR(300) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	sent_at FLOAT, 
	PRIMARY KEY (id, sink)
);
INSERT INTO "kubevigil_outbox" VALUES('793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','es','sent',1,1700000000.0,1700000000.0,1,'','2023-11-14',1700000001.0);
INSERT INTO "kubevigil_outbox" VALUES('f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4','es','waiting',1,1700000000.0,1700000000.0,0,'','2023-11-14',NULL);
INSERT INTO "kubevigil_outbox" VALUES('a66bf03c2fae87255309cb457f144608a24dee21c8eae191b9c07b79de424247','es','waiting',1,1700000020.0,1700000020.0,0,'','2023-11-14',NULL);
CREATE TABLE kubevigil_outbox_tally (
	sink VARCHAR(63) NOT NULL, 
	seen BIGINT NOT NULL, 
	waiting BIGINT NOT NULL, 
	sent BIGINT NOT NULL, 
	dead BIGINT NOT NULL, 
	dropped BIGINT NOT NULL, 
	PRIMARY KEY (sink)
);
INSERT INTO "kubevigil_outbox_tally" VALUES('es',3,2,1,0,0);
CREATE TABLE kubevigil_scopes (
	cluster VARCHAR(253) NOT NULL, 
	scope VARCHAR(63) NOT NULL, 
	baselined_at FLOAT NOT NULL, 
	PRIMARY KEY (cluster, scope)
);
INSERT INTO "kubevigil_scopes" VALUES('c','',1700000000.0);
CREATE TABLE kubevigil_seen (
	id VARCHAR(64) NOT NULL, 
	cluster VARCHAR(253) NOT NULL, 
	pod_uid VARCHAR(64) NOT NULL, 
	seen_at FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "kubevigil_seen" VALUES('45cf611c666938929ebcf666e655439bfbfe76f81582ef2a0b3fe838a5ab3f1a','c','z',1700000000.0);
INSERT INTO "kubevigil_seen" VALUES('793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','c','a',1700000000.0);
INSERT INTO "kubevigil_seen" VALUES('a66bf03c2fae87255309cb457f144608a24dee21c8eae191b9c07b79de424247','c','b',1700000000.0);
INSERT INTO "kubevigil_seen" VALUES('f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4','c','a',1700000000.0);
CREATE TABLE kubevigil_vanished_counters (
	cluster VARCHAR(253) NOT NULL, 
	namespace VARCHAR(63) NOT NULL, 
	value INTEGER NOT NULL, 
	PRIMARY KEY (cluster, namespace)
);
INSERT INTO "kubevigil_vanished_counters" VALUES('c','shop',1);
CREATE TABLE kubevigil_workload_counters (
	id VARCHAR(64) NOT NULL, 
	cluster VARCHAR(253) NOT NULL, 
	labels TEXT NOT NULL, 
	value BIGINT NOT NULL, 
	idle_since FLOAT, 
	PRIMARY KEY (id)
);
INSERT INTO "kubevigil_workload_counters" VALUES('d8e68af14aa1bc9b5fb3943f1e40eaa4e48902526e65c060b74af88de8363aed','c','["shop", "Deployment", "web", "app", "app", "error", "Error", "1"]',3,NULL);
CREATE INDEX kubevigil_seen_by_pod ON kubevigil_seen (pod_uid);
CREATE INDEX kubevigil_crashes_by_time ON kubevigil_crashes (observed_at);
CREATE INDEX kubevigil_crash_order_by_series ON kubevigil_crash_order (series, seq);
CREATE INDEX kubevigil_crash_logs_by_size ON kubevigil_crash_logs (size);
CREATE INDEX kubevigil_outbox_by_next ON kubevigil_outbox (sink, state, next_at, id);
CREATE INDEX kubevigil_outbox_by_due ON kubevigil_outbox (sink, state, due_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('kubevigil_crash_order',3);
COMMIT;
