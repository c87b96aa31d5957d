-- A database of version 0001 with one chat, by sqlite3's dump. It stays as it is, whatever the code becomes.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE elements (
	position INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	thread_id TEXT NOT NULL, 
	step_id TEXT, 
	object_key TEXT, 
	fields JSON NOT NULL, 
	CONSTRAINT pk_elements PRIMARY KEY (position), 
	CONSTRAINT uq_elements_id UNIQUE (id), 
	CONSTRAINT fk_elements_thread_id_threads FOREIGN KEY(thread_id) REFERENCES threads (id) ON DELETE CASCADE
);
INSERT INTO "elements" VALUES(1,'e1','c1','m1','c1/e1','{"type": "file", "url": null, "name": "notes.txt", "display": "inline", "size": null, "props": null, "page": null, "autoPlay": null, "playerConfig": null, "language": null, "mime": "application/octet-stream"}');
CREATE TABLE feedbacks (
	id TEXT NOT NULL, 
	step_id TEXT NOT NULL, 
	value INTEGER NOT NULL, 
	comment TEXT, 
	CONSTRAINT pk_feedbacks PRIMARY KEY (id), 
	CONSTRAINT uq_feedbacks_step_id UNIQUE (step_id), 
	CONSTRAINT fk_feedbacks_step_id_steps FOREIGN KEY(step_id) REFERENCES steps (id) ON DELETE CASCADE
);
INSERT INTO "feedbacks" VALUES('f1','on_message',1,'It''s right');
CREATE TABLE histories (
	thread_id TEXT NOT NULL, 
	state JSON NOT NULL, 
	CONSTRAINT pk_histories PRIMARY KEY (thread_id), 
	CONSTRAINT fk_histories_thread_id_threads FOREIGN KEY(thread_id) REFERENCES threads (id) ON DELETE CASCADE
);
INSERT INTO "histories" VALUES('c1','{"start": 0, "is_open": false}');
CREATE TABLE history_messages (
	thread_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	message JSON NOT NULL, 
	CONSTRAINT pk_history_messages PRIMARY KEY (thread_id, number), 
	CONSTRAINT fk_history_messages_thread_id_threads FOREIGN KEY(thread_id) REFERENCES threads (id) ON DELETE CASCADE
);
INSERT INTO "history_messages" VALUES('c1',0,'{"role": "user", "content": "\u5e7f\u5dde\u5929\u6c14\u600e\u4e48\u6837?", "tool_calls": [], "tool_call_id": null, "id": "m1"}');
INSERT INTO "history_messages" VALUES('c1',1,'{"role": "assistant", "content": "", "tool_calls": [{"id": "c", "name": "get_current_weather", "arguments": "{\"city\": \"\u5e7f\u5dde\"}"}], "tool_call_id": null, "id": null}');
INSERT INTO "history_messages" VALUES('c1',2,'{"role": "tool", "content": "{\"temperature_c\": 21}", "tool_calls": [], "tool_call_id": "c", "id": null}');
INSERT INTO "history_messages" VALUES('c1',3,'{"role": "assistant", "content": "\u5e7f\u5dde\u73b0\u5728 21 \u00b0C\u3002", "tool_calls": [], "tool_call_id": null, "id": null}');
CREATE TABLE steps (
	position INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	thread_id TEXT NOT NULL, 
	type TEXT NOT NULL, 
	output TEXT NOT NULL, 
	fields JSON NOT NULL, 
	CONSTRAINT pk_steps PRIMARY KEY (position), 
	CONSTRAINT uq_steps_id UNIQUE (id), 
	CONSTRAINT fk_steps_thread_id_threads FOREIGN KEY(thread_id) REFERENCES threads (id) ON DELETE CASCADE
);
INSERT INTO "steps" VALUES(1,'m1','c1','user_message','广州天气怎么样?','{"name": "m1", "parentId": null, "createdAt": "2026-11-20T10:00:01.000001Z", "start": "2026-11-20T10:00:01.000001Z", "end": "2026-11-20T10:00:02.000001Z", "input": "", "metadata": {}, "streaming": false, "isError": false}');
INSERT INTO "steps" VALUES(2,'on_message','c1','run','','{"name": "on_message", "parentId": "m1", "createdAt": "2026-11-20T10:00:02.000001Z", "start": "2026-11-20T10:00:02.000001Z", "end": "2026-11-20T10:00:03.000001Z", "input": "", "metadata": {}, "streaming": false, "isError": false}');
INSERT INTO "steps" VALUES(3,'call','c1','tool','{"temperature_c": 21}','{"name": "get_current_weather \u00b7 0.4 s", "parentId": "on_message", "createdAt": "2026-11-20T10:00:03.000001Z", "start": "2026-11-20T10:00:03.000001Z", "end": "2026-11-20T10:00:04.000001Z", "input": "{\"city\": \"\u5e7f\u5dde\"}", "metadata": {}, "streaming": false, "isError": false, "showInput": "json"}');
INSERT INTO "steps" VALUES(4,'a1','c1','assistant_message','广州现在 21 °C。','{"name": "a1", "parentId": "on_message", "createdAt": "2026-11-20T10:00:04.000001Z", "start": "2026-11-20T10:00:04.000001Z", "end": "2026-11-20T10:00:05.000001Z", "input": "", "metadata": {}, "streaming": false, "isError": false}');
INSERT INTO "steps" VALUES(5,'about','c1','run','','{"name": "The built-in model", "parentId": null, "createdAt": "2026-11-20T10:00:00.000001Z", "start": "2026-11-20T10:00:00.000001Z", "end": "2026-11-20T10:00:01.000001Z", "input": "", "metadata": {}, "streaming": false, "isError": false}');
CREATE TABLE threads (
	id TEXT NOT NULL, 
	user_id TEXT, 
	name TEXT, 
	created_at TEXT NOT NULL, 
	tags JSON NOT NULL, 
	metadata JSON NOT NULL, 
	CONSTRAINT pk_threads PRIMARY KEY (id), 
	CONSTRAINT fk_threads_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO "threads" VALUES('c1','u1','广州天气怎么样?','2026-11-20T10:00:00.000000Z','["weather"]','{"chat_settings": {"temperature": 0.1}, "chat_profile": "assistant"}');
CREATE TABLE users (
	id TEXT NOT NULL, 
	identifier TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	metadata JSON NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT uq_users_identifier UNIQUE (identifier)
);
INSERT INTO "users" VALUES('u1','local','2026-11-20T10:00:00.000000Z','{"provider": "header"}');
CREATE INDEX ix_threads_user_id_threads_created_at_threads_id ON threads (user_id, created_at, id);
CREATE INDEX ix_steps_thread_id_steps_position ON steps (thread_id, position);
CREATE INDEX ix_elements_step_id ON elements (step_id);
CREATE INDEX ix_elements_thread_id_elements_position ON elements (thread_id, position);
COMMIT;
