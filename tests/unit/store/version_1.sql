BEGIN TRANSACTION;
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
INSERT INTO "kubevigil_crashes" VALUES('793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','c','shop','Deployment','web','error',1700000010.0,'{"id":"793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e","cluster":"c","namespace":"shop","pod":"p-a","pod_uid":"a","node":"n1","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://0","image":"web:1","digest":"sha256:1","restart_count":0},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"Error","exit_code":1,"signal":"","message":"line 1\nline \"2\"","started_at":null,"finished_at":null}}');
INSERT INTO "kubevigil_crashes" VALUES('a1cd9ca01c1842147c6068e71048107c36b797658f03d18ae585e79ab4cf49c4','c','shop','Deployment','web','oom',1700000020.0,'{"id":"a1cd9ca01c1842147c6068e71048107c36b797658f03d18ae585e79ab4cf49c4","cluster":"c","namespace":"shop","pod":"p-b","pod_uid":"b","node":"n1","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://1","image":"web:1","digest":"sha256:1","restart_count":1},"termination":{"class":"oom","observed_at":"2023-11-14T22:13:20.000Z","reason":"Error","exit_code":1,"signal":"","message":"line 1\nline \"2\"","started_at":null,"finished_at":null}}');
INSERT INTO "kubevigil_crashes" VALUES('62d7838607ad0affa5a789742d081d0a4e02faa005b91fe5da31be0b8b9512c8','c','shop','Deployment','web','error',1700000030.0,'{"id":"62d7838607ad0affa5a789742d081d0a4e02faa005b91fe5da31be0b8b9512c8","cluster":"c","namespace":"shop","pod":"p-a","pod_uid":"a","node":"n1","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://2","image":"web:1","digest":"sha256:1","restart_count":2},"termination":{"class":"error","observed_at":"2023-11-14T22:13:20.000Z","reason":"Error","exit_code":1,"signal":"","message":"line 1\nline \"2\"","started_at":null,"finished_at":null}}');
INSERT INTO "kubevigil_crashes" VALUES('475e16b243cda84bb1cbb55fc4de44d0d6bf330d7185e033159a7874e4115b18','c','shop','Deployment','web','start_error',1700000040.0,'{"id":"475e16b243cda84bb1cbb55fc4de44d0d6bf330d7185e033159a7874e4115b18","cluster":"c","namespace":"shop","pod":"p-b","pod_uid":"b","node":"n1","workload":{"kind":"Deployment","name":"web","revision":"7d"},"container":{"name":"app","type":"app","id":"containerd://4","image":"web:1","digest":"sha256:1","restart_count":4},"termination":{"class":"start_error","observed_at":"2023-11-14T22:13:20.000Z","reason":"Error","exit_code":1,"signal":"","message":"line 1\nline \"2\"","started_at":null,"finished_at":null}}');
CREATE TABLE kubevigil_ledger (
	cluster VARCHAR(253) NOT NULL, 
	pod_uid VARCHAR(64) NOT NULL, 
	namespace VARCHAR(63) NOT NULL, 
	state TEXT NOT NULL, 
	gone_at FLOAT, 
	PRIMARY KEY (cluster, pod_uid)
);
INSERT INTO "kubevigil_ledger" VALUES('c','a','shop','{"namespace":"shop","containers":{"app":{"number":3}}}',NULL);
INSERT INTO "kubevigil_ledger" VALUES('c','b','shop','{"namespace":"shop","containers":{"app":{"number":4}}}',1700000040.0);
CREATE TABLE kubevigil_meta (
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(255) NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "kubevigil_meta" VALUES('schema','1');
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
INSERT INTO "kubevigil_seen" VALUES('793bd8f6fe40f19a978d69a8d1e13324e9ef20d3d9d1c1e45d0bf16cae4f1e8e','c','a',1700000010.0);
INSERT INTO "kubevigil_seen" VALUES('a1cd9ca01c1842147c6068e71048107c36b797658f03d18ae585e79ab4cf49c4','c','b',1700000020.0);
INSERT INTO "kubevigil_seen" VALUES('62d7838607ad0affa5a789742d081d0a4e02faa005b91fe5da31be0b8b9512c8','c','a',1700000030.0);
INSERT INTO "kubevigil_seen" VALUES('c195fd0e4b16b3121d1521243a4b9663e662e4b122bdb90f1123dd35ada0f84e','c','a',1700000030.0);
INSERT INTO "kubevigil_seen" VALUES('475e16b243cda84bb1cbb55fc4de44d0d6bf330d7185e033159a7874e4115b18','c','b',1700000040.0);
INSERT INTO "kubevigil_seen" VALUES('c6793a9b8e2cabbc130e6b9fc3a5880fc5c8b9053ada055e9001f26158b55126','c','b',1700000040.0);
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
COMMIT;
