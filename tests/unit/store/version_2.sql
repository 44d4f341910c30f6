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
INSERT INTO "kubevigil_crash_logs" VALUES('793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','c','ok',14,6,0,0,1700000060.0,'[{"type":"Warning","reason":"BackOff","message":"said \"no\"","count":2,"first_at":null,"last_at":"2023-11-14T22:13:20Z","source":"kubelet"}]','{"cpu_request":"","cpu_limit":"1","memory_request":"","memory_limit":"64Mi"}',X'789C2B48CCCB4CE60200084E0216');
INSERT INTO "kubevigil_crash_logs" VALUES('f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4','c','gone',0,0,0,0,1700000060.0,'[]',NULL,NULL);
CREATE TABLE kubevigil_crash_order (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR(64) NOT NULL, 
	series VARCHAR(64) NOT NULL, 
	UNIQUE (id)
);
INSERT INTO "kubevigil_crash_order" VALUES(1,'793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','b9e0332bb55a054abda952d908c8522d5b2fca0c5e5c3d21462c32855c5556bc');
INSERT INTO "kubevigil_crash_order" VALUES(2,'f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4','b9e0332bb55a054abda952d908c8522d5b2fca0c5e5c3d21462c32855c5556bc');
INSERT INTO "kubevigil_crash_order" VALUES(3,'a66bf03c2fae87255309cb457f144608a24dee21c8eae191b9c07b79de424247','c96cb6b2f8486080f0720cf2a19a8b7e735b1ee9340027e78882eb3752e53a15');
INSERT INTO "kubevigil_crash_order" VALUES(4,'5865f36c53c6d96aad7f286894ead01a80b70bff567c55eeb00391bda4cd682c','c96cb6b2f8486080f0720cf2a19a8b7e735b1ee9340027e78882eb3752e53a15');
INSERT INTO "kubevigil_crash_order" VALUES(5,'8c07ddd9d11db78c665212cba03a41ea2f6a306959c57125a651de1772b407de','b9e0332bb55a054abda952d908c8522d5b2fca0c5e5c3d21462c32855c5556bc');
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
INSERT INTO "kubevigil_crashes" VALUES('793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','c','shop','Deployment','web','error',1700000000.0,'{"id":"793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e","cluster":"c","namespace":"shop","pod":"a-name","pod_uid":"a","node":"node","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://0","image":"","digest":"","restart_count":0},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"","exit_code":1,"signal":"","message":"","started_at":null,"finished_at":null},"log":null,"events":[],"resources":null}');
INSERT INTO "kubevigil_crashes" VALUES('f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4','c','shop','Deployment','web','error',1700000010.0,'{"id":"f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4","cluster":"c","namespace":"shop","pod":"a-name","pod_uid":"a","node":"node","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://1","image":"","digest":"","restart_count":1},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"","exit_code":1,"signal":"","message":"","started_at":null,"finished_at":null},"log":null,"events":[],"resources":null}');
INSERT INTO "kubevigil_crashes" VALUES('a66bf03c2fae87255309cb457f144608a24dee21c8eae191b9c07b79de424247','c','shop','Deployment','web','error',1700000020.0,'{"id":"a66bf03c2fae87255309cb457f144608a24dee21c8eae191b9c07b79de424247","cluster":"c","namespace":"shop","pod":"b-name","pod_uid":"b","node":"node","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://2","image":"","digest":"","restart_count":2},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"","exit_code":1,"signal":"","message":"","started_at":null,"finished_at":null},"log":null,"events":[],"resources":null}');
INSERT INTO "kubevigil_crashes" VALUES('5865f36c53c6d96aad7f286894ead01a80b70bff567c55eeb00391bda4cd682c','c','shop','Deployment','web','error',1700000030.0,'{"id":"5865f36c53c6d96aad7f286894ead01a80b70bff567c55eeb00391bda4cd682c","cluster":"c","namespace":"shop","pod":"b-name","pod_uid":"b","node":"node","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://3","image":"","digest":"","restart_count":3},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"","exit_code":1,"signal":"","message":"","started_at":null,"finished_at":null},"log":null,"events":[],"resources":null}');
INSERT INTO "kubevigil_crashes" VALUES('8c07ddd9d11db78c665212cba03a41ea2f6a306959c57125a651de1772b407de','c','shop','Deployment','web','error',1700000040.0,'{"id":"8c07ddd9d11db78c665212cba03a41ea2f6a306959c57125a651de1772b407de","cluster":"c","namespace":"shop","pod":"a-name","pod_uid":"a","node":"node","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://4","image":"","digest":"","restart_count":4},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"","exit_code":1,"signal":"","message":"","started_at":null,"finished_at":null},"log":null,"events":[],"resources":null}');
CREATE TABLE kubevigil_ledger (
	cluster VARCHAR(253) NOT NULL, 
	pod_uid VARCHAR(64) NOT NULL, 
	namespace VARCHAR(63) NOT NULL, 
	state TEXT NOT NULL, 
	gone_at FLOAT, 
	PRIMARY KEY (cluster, pod_uid)
);
INSERT INTO "kubevigil_ledger" VALUES('c','a','shop','{"namespace":"shop","containers":{"app":{"number":3}}}',NULL);
INSERT INTO "kubevigil_ledger" VALUES('c','b','shop','{"namespace":"shop","containers":{"app":{"number":1}}}',1700000060.0);
CREATE TABLE kubevigil_meta (
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(255) NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "kubevigil_meta" VALUES('schema','2');
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
INSERT INTO "kubevigil_seen" VALUES('f6e1de444cd0a3064b877f8855dda31f3a5dfdab97590ae1feca1b9d16fd02e4','c','a',1700000010.0);
INSERT INTO "kubevigil_seen" VALUES('a66bf03c2fae87255309cb457f144608a24dee21c8eae191b9c07b79de424247','c','b',1700000020.0);
INSERT INTO "kubevigil_seen" VALUES('5865f36c53c6d96aad7f286894ead01a80b70bff567c55eeb00391bda4cd682c','c','b',1700000030.0);
INSERT INTO "kubevigil_seen" VALUES('8c07ddd9d11db78c665212cba03a41ea2f6a306959c57125a651de1772b407de','c','a',1700000040.0);
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
INSERT INTO "kubevigil_workload_counters" VALUES('d8e68af14aa1bc9b5fb3943f1e40eaa4e48902526e65c060b74af88de8363aed','c','["shop", "Deployment", "web", "app", "app", "error", "Error", "1"]',5,NULL);
CREATE INDEX kubevigil_seen_by_pod ON kubevigil_seen (pod_uid);
CREATE INDEX kubevigil_crashes_by_time ON kubevigil_crashes (observed_at);
CREATE INDEX kubevigil_crash_order_by_series ON kubevigil_crash_order (series, seq);
CREATE INDEX kubevigil_crash_logs_by_size ON kubevigil_crash_logs (size);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('kubevigil_crash_order',5);
COMMIT;
