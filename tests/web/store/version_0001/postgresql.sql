-- A database of version 0001 with one chat, by pg_dump --inserts. It stays as it is, whatever the code becomes.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.elements (
    "position" bigint NOT NULL,
    id text NOT NULL,
    thread_id text NOT NULL,
    step_id text,
    object_key text,
    fields json NOT NULL
);
CREATE SEQUENCE public.elements_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.elements_position_seq OWNED BY public.elements."position";
CREATE TABLE public.feedbacks (
    id text NOT NULL,
    step_id text NOT NULL,
    value integer NOT NULL,
    comment text
);
CREATE TABLE public.histories (
    thread_id text NOT NULL,
    state json NOT NULL
);
CREATE TABLE public.history_messages (
    thread_id text NOT NULL,
    number integer NOT NULL,
    message json NOT NULL
);
CREATE TABLE public.steps (
    "position" bigint NOT NULL,
    id text NOT NULL,
    thread_id text NOT NULL,
    type text NOT NULL,
    output text NOT NULL,
    fields json NOT NULL
);
CREATE SEQUENCE public.steps_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.steps_position_seq OWNED BY public.steps."position";
CREATE TABLE public.threads (
    id text NOT NULL,
    user_id text,
    name text,
    created_at text NOT NULL,
    tags json NOT NULL,
    metadata json NOT NULL
);
CREATE TABLE public.users (
    id text NOT NULL,
    identifier text NOT NULL,
    created_at text NOT NULL,
    metadata json NOT NULL
);
ALTER TABLE ONLY public.elements ALTER COLUMN "position" SET DEFAULT nextval('public.elements_position_seq'::regclass);
ALTER TABLE ONLY public.steps ALTER COLUMN "position" SET DEFAULT nextval('public.steps_position_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.elements VALUES (1, 'e1', 'c1', 'm1', 'c1/e1', '{"type": "file", "url": null, "name": "notes.txt", "display": "inline", "size": null, "props": null, "page": null, "autoPlay": null, "playerConfig": null, "language": null, "mime": "application/octet-stream"}');
INSERT INTO public.feedbacks VALUES ('f1', 'on_message', 1, 'It''s right');
INSERT INTO public.histories VALUES ('c1', '{"start": 0, "is_open": false}');
INSERT INTO public.history_messages VALUES ('c1', 0, '{"role": "user", "content": "\u5e7f\u5dde\u5929\u6c14\u600e\u4e48\u6837?", "tool_calls": [], "tool_call_id": null, "id": "m1"}');
INSERT INTO public.history_messages VALUES ('c1', 1, '{"role": "assistant", "content": "", "tool_calls": [{"id": "c", "name": "get_current_weather", "arguments": "{\"city\": \"\u5e7f\u5dde\"}"}], "tool_call_id": null, "id": null}');
INSERT INTO public.history_messages VALUES ('c1', 2, '{"role": "tool", "content": "{\"temperature_c\": 21}", "tool_calls": [], "tool_call_id": "c", "id": null}');
INSERT INTO public.history_messages VALUES ('c1', 3, '{"role": "assistant", "content": "\u5e7f\u5dde\u73b0\u5728 21 \u00b0C\u3002", "tool_calls": [], "tool_call_id": null, "id": null}');
INSERT INTO public.steps VALUES (1, 'm1', 'c1', 'user_message', '广州天气怎么样?', '{"name": "m1", "parentId": null, "createdAt": "2026-11-20T10:00:01.000001Z", "start": "2026-11-20T10:00:01.000001Z", "end": "2026-11-20T10:00:02.000001Z", "input": "", "metadata": {}, "streaming": false, "isError": false}');
INSERT INTO public.steps VALUES (2, 'on_message', 'c1', 'run', '', '{"name": "on_message", "parentId": "m1", "createdAt": "2026-11-20T10:00:02.000001Z", "start": "2026-11-20T10:00:02.000001Z", "end": "2026-11-20T10:00:03.000001Z", "input": "", "metadata": {}, "streaming": false, "isError": false}');
INSERT INTO public.steps VALUES (3, 'call', 'c1', 'tool', '{"temperature_c": 21}', '{"name": "get_current_weather \u00b7 0.4 s", "parentId": "on_message", "createdAt": "2026-11-20T10:00:03.000001Z", "start": "2026-11-20T10:00:03.000001Z", "end": "2026-11-20T10:00:04.000001Z", "input": "{\"city\": \"\u5e7f\u5dde\"}", "metadata": {}, "streaming": false, "isError": false, "showInput": "json"}');
INSERT INTO public.steps VALUES (4, 'a1', 'c1', 'assistant_message', '广州现在 21 °C。', '{"name": "a1", "parentId": "on_message", "createdAt": "2026-11-20T10:00:04.000001Z", "start": "2026-11-20T10:00:04.000001Z", "end": "2026-11-20T10:00:05.000001Z", "input": "", "metadata": {}, "streaming": false, "isError": false}');
INSERT INTO public.steps VALUES (5, 'about', 'c1', 'run', '', '{"name": "The built-in model", "parentId": null, "createdAt": "2026-11-20T10:00:00.000001Z", "start": "2026-11-20T10:00:00.000001Z", "end": "2026-11-20T10:00:01.000001Z", "input": "", "metadata": {}, "streaming": false, "isError": false}');
INSERT INTO public.threads VALUES ('c1', 'u1', '广州天气怎么样?', '2026-11-20T10:00:00.000000Z', '["weather"]', '{"chat_settings": {"temperature": 0.1}, "chat_profile": "assistant"}');
INSERT INTO public.users VALUES ('u1', 'local', '2026-11-20T10:00:00.000000Z', '{"provider": "header"}');
SELECT pg_catalog.setval('public.elements_position_seq', 1, true);
SELECT pg_catalog.setval('public.steps_position_seq', 5, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.elements
    ADD CONSTRAINT pk_elements PRIMARY KEY ("position");
ALTER TABLE ONLY public.feedbacks
    ADD CONSTRAINT pk_feedbacks PRIMARY KEY (id);
ALTER TABLE ONLY public.histories
    ADD CONSTRAINT pk_histories PRIMARY KEY (thread_id);
ALTER TABLE ONLY public.history_messages
    ADD CONSTRAINT pk_history_messages PRIMARY KEY (thread_id, number);
ALTER TABLE ONLY public.steps
    ADD CONSTRAINT pk_steps PRIMARY KEY ("position");
ALTER TABLE ONLY public.threads
    ADD CONSTRAINT pk_threads PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT pk_users PRIMARY KEY (id);
ALTER TABLE ONLY public.elements
    ADD CONSTRAINT uq_elements_id UNIQUE (id);
ALTER TABLE ONLY public.feedbacks
    ADD CONSTRAINT uq_feedbacks_step_id UNIQUE (step_id);
ALTER TABLE ONLY public.steps
    ADD CONSTRAINT uq_steps_id UNIQUE (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT uq_users_identifier UNIQUE (identifier);
CREATE INDEX ix_elements_step_id ON public.elements USING btree (step_id);
CREATE INDEX ix_elements_thread_id_elements_position ON public.elements USING btree (thread_id, "position");
CREATE INDEX ix_steps_thread_id_steps_position ON public.steps USING btree (thread_id, "position");
CREATE INDEX ix_threads_user_id_threads_created_at_threads_id ON public.threads USING btree (user_id, created_at, id);
ALTER TABLE ONLY public.elements
    ADD CONSTRAINT fk_elements_thread_id_threads FOREIGN KEY (thread_id) REFERENCES public.threads(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.feedbacks
    ADD CONSTRAINT fk_feedbacks_step_id_steps FOREIGN KEY (step_id) REFERENCES public.steps(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.histories
    ADD CONSTRAINT fk_histories_thread_id_threads FOREIGN KEY (thread_id) REFERENCES public.threads(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.history_messages
    ADD CONSTRAINT fk_history_messages_thread_id_threads FOREIGN KEY (thread_id) REFERENCES public.threads(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.steps
    ADD CONSTRAINT fk_steps_thread_id_threads FOREIGN KEY (thread_id) REFERENCES public.threads(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.threads
    ADD CONSTRAINT fk_threads_user_id_users FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
