/**
 * The tables of version 0.2.0. Once that is released they stay as they are, and `migrations.ts` adds to them. Ids that
 * others see are decimal text; the integers here stay far below 2^53. Plans never change, and of a state with thousands
 * of jobs an event changes one or two: each has a row of its own. Jobs are stored under their index in the plan, since
 * SQLite cuts text at NUL and replaces lone surrogates. The feed names what changed last, one row for each subject,
 * with an id that only grows (AUTOINCREMENT, also over deletions). Triggers write it, so that no change is stored
 * without an entry. A trigger also counts the jobs that end, by day and in milliseconds of two digits, so that trends
 * are read without all of the jobs.
 */
export const schema = `
  CREATE TABLE projects (id INTEGER PRIMARY KEY AUTOINCREMENT, stack TEXT NOT NULL UNIQUE);
  CREATE TABLE pipelines (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stack TEXT NOT NULL, source TEXT NOT NULL, ref_type TEXT NOT NULL, ref TEXT NOT NULL,
    head TEXT NOT NULL, base TEXT NOT NULL, sha TEXT NOT NULL, before_sha TEXT, tree TEXT NOT NULL,
    trust TEXT NOT NULL, actor TEXT, request TEXT, parent_pipeline TEXT, parent_job TEXT,
    upstream_pipeline TEXT, upstream_job TEXT,
    status TEXT NOT NULL, cancel_reason TEXT, finished INTEGER NOT NULL DEFAULT 0, lock_digest TEXT,
    created_at TEXT NOT NULL, finished_at TEXT
  );
  CREATE INDEX pipelines_active ON pipelines (finished) WHERE finished = 0;
  CREATE INDEX pipelines_by_stack ON pipelines (stack) WHERE parent_pipeline IS NULL;
  CREATE INDEX pipelines_by_tree ON pipelines (stack, tree);
  CREATE INDEX pipelines_by_request ON pipelines (stack, request) WHERE request IS NOT NULL;
  CREATE INDEX pipelines_by_parent ON pipelines (parent_pipeline) WHERE parent_pipeline IS NOT NULL;
  CREATE INDEX pipelines_by_upstream ON pipelines (upstream_pipeline) WHERE upstream_pipeline IS NOT NULL;
  CREATE TABLE pipeline_plans (pipeline INTEGER PRIMARY KEY REFERENCES pipelines (id), plan TEXT NOT NULL);
  CREATE TABLE pipeline_locks (
    pipeline INTEGER NOT NULL REFERENCES pipelines (id), job TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL,
    inputs TEXT, PRIMARY KEY (pipeline, job, path)
  );
  CREATE TABLE pipeline_events (
    pipeline INTEGER NOT NULL REFERENCES pipelines (id), seq INTEGER NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (pipeline, seq)
  ) WITHOUT ROWID;
  CREATE TABLE job_states (
    pipeline INTEGER NOT NULL REFERENCES pipelines (id), job INTEGER NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (pipeline, job)
  ) WITHOUT ROWID;
  CREATE TABLE job_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline INTEGER NOT NULL REFERENCES pipelines (id), job INTEGER, name TEXT NOT NULL, attempt INTEGER NOT NULL,
    makes TEXT NOT NULL, status TEXT NOT NULL, runner TEXT, queued_at TEXT, started_at TEXT, finished_at TEXT,
    failure_reason TEXT, exit_code INTEGER, hash TEXT,
    UNIQUE (pipeline, job, attempt)
  );
  CREATE INDEX job_runs_by_status ON job_runs (status);
  CREATE INDEX job_runs_by_name ON job_runs (
    substr(name, 1, min(instr(name || '@', '@'), instr(name || ' ', ' ')) - 1)
  );
  CREATE INDEX job_runs_by_hash ON job_runs (hash) WHERE hash IS NOT NULL;
  CREATE TABLE artifacts (
    job INTEGER NOT NULL REFERENCES job_runs (id), type TEXT NOT NULL, format TEXT NOT NULL,
    file TEXT NOT NULL, size INTEGER NOT NULL, expires_at TEXT, expired INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, type)
  ) WITHOUT ROWID;
  CREATE INDEX artifacts_by_expiry ON artifacts (expires_at) WHERE expired = 0 AND expires_at IS NOT NULL;
  CREATE TABLE test_reports (job INTEGER PRIMARY KEY REFERENCES job_runs (id), summary TEXT NOT NULL);
  CREATE TABLE refs (stack TEXT NOT NULL, ref TEXT NOT NULL, sha TEXT NOT NULL, PRIMARY KEY (stack, ref)) WITHOUT ROWID;
  CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stack TEXT NOT NULL, event TEXT NOT NULL,
    received_at TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX inbox_pending ON inbox (stack) WHERE done = 0;
  CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, stack TEXT NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL,
    received_at TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, UNIQUE (stack, id)
  );
  CREATE INDEX deliveries_by_age ON deliveries (received_at);
  CREATE INDEX deliveries_pending ON deliveries (stack, seq) WHERE done = 0;
  CREATE TABLE pushes (
    stack TEXT NOT NULL, ref TEXT NOT NULL, sha TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (stack, ref, sha)
  ) WITHOUT ROWID;
  CREATE TABLE requests (
    stack TEXT NOT NULL, number TEXT NOT NULL, state TEXT NOT NULL, request TEXT NOT NULL,
    PRIMARY KEY (stack, number)
  ) WITHOUT ROWID;
  CREATE INDEX requests_by_head ON requests (stack, json_extract(request, '$.headSha'));
  CREATE INDEX requests_by_merge ON requests (stack, json_extract(request, '$.mergeSha'));
  CREATE TABLE commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stack TEXT NOT NULL, request TEXT NOT NULL, source TEXT NOT NULL,
    actor TEXT NOT NULL, command TEXT NOT NULL, text TEXT NOT NULL, sha TEXT NOT NULL, at TEXT NOT NULL,
    state TEXT NOT NULL, answer TEXT, UNIQUE (stack, source)
  );
  CREATE INDEX commands_by_request ON commands (stack, request);
  CREATE INDEX commands_pending ON commands (stack) WHERE state = 'pending';
  CREATE TABLE comment_readings (stack TEXT PRIMARY KEY, read_to TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE request_numbers (
    stack TEXT NOT NULL, branch TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (stack, branch)
  ) WITHOUT ROWID;
  CREATE TABLE statuses (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stack TEXT NOT NULL, sha TEXT NOT NULL, context TEXT NOT NULL,
    state TEXT NOT NULL, outcome TEXT, description TEXT NOT NULL, detail TEXT, url TEXT, failure TEXT,
    pipeline TEXT, at TEXT NOT NULL, posted INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX statuses_newest ON statuses (stack, sha, context, id);
  CREATE INDEX statuses_unposted ON statuses (stack, id) WHERE posted = 0;
  CREATE TABLE status_posts (
    stack TEXT NOT NULL, sha TEXT NOT NULL, context TEXT NOT NULL,
    posts INTEGER NOT NULL DEFAULT 0, state TEXT, outcome TEXT, at TEXT, problem TEXT,
    PRIMARY KEY (stack, sha, context)
  ) WITHOUT ROWID;
  CREATE TABLE request_comments (
    stack TEXT NOT NULL, request TEXT NOT NULL, revision INTEGER NOT NULL, written INTEGER NOT NULL DEFAULT 0,
    digest TEXT, occasion TEXT, posts INTEGER NOT NULL DEFAULT 0, at TEXT, check_at TEXT,
    problem TEXT,
    PRIMARY KEY (stack, request)
  ) WITHOUT ROWID;
  CREATE INDEX request_comments_due ON request_comments (stack) WHERE revision > written OR check_at IS NOT NULL;
  CREATE TABLE publications (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stack TEXT NOT NULL, state TEXT NOT NULL, publication TEXT NOT NULL
  );
  CREATE INDEX publications_by_stack ON publications (stack, state);
  CREATE TABLE image_packages (
    hash TEXT NOT NULL, image INTEGER NOT NULL REFERENCES publications (id), PRIMARY KEY (hash, image)
  ) WITHOUT ROWID;
  CREATE TABLE unregistered_runners (
    name TEXT NOT NULL, token TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (name, token)
  ) WITHOUT ROWID;
  CREATE TABLE runners (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, settings TEXT NOT NULL, paused INTEGER NOT NULL,
    token TEXT NOT NULL UNIQUE, old_token TEXT UNIQUE, old_token_until TEXT,
    created_at TEXT NOT NULL, created_by TEXT NOT NULL, rotated_at TEXT, expires_at TEXT, removed_at TEXT
  );
  INSERT INTO sqlite_sequence (name, seq) VALUES ('runners', 1000);
  CREATE TABLE registration_token (
    only INTEGER PRIMARY KEY CHECK (only = 1), digest TEXT NOT NULL, stacks TEXT NOT NULL, sandbox INTEGER NOT NULL,
    created_at TEXT NOT NULL, created_by TEXT NOT NULL, expires_at TEXT NOT NULL
  );
  CREATE TABLE runner_changes (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL);
  INSERT INTO runner_changes VALUES (1, 0);
  CREATE TABLE identity_tokens (token TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE external_pipelines (
    stack TEXT NOT NULL, issuer TEXT NOT NULL, project TEXT NOT NULL, external TEXT NOT NULL,
    pipeline INTEGER NOT NULL REFERENCES pipelines (id), PRIMARY KEY (stack, issuer, project, external)
  ) WITHOUT ROWID;
  CREATE TABLE access_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL, scope TEXT NOT NULL,
    stacks TEXT NOT NULL, actor TEXT, created_at TEXT NOT NULL, created_by TEXT NOT NULL, expires_at TEXT NOT NULL,
    last_used_at TEXT, revoked_at TEXT
  );
  CREATE TABLE sessions (
    digest TEXT PRIMARY KEY, provider TEXT NOT NULL, name TEXT NOT NULL, groups TEXT NOT NULL,
    created_at TEXT NOT NULL, expires_at TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessions_by_expiry ON sessions (expires_at);
  CREATE TABLE request_packages (
    seq INTEGER PRIMARY KEY, stack TEXT NOT NULL, prefix TEXT NOT NULL,
    name TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL, pipeline TEXT NOT NULL, tree TEXT NOT NULL,
    lock TEXT NOT NULL, job TEXT NOT NULL, runner TEXT NOT NULL, is_trusted INTEGER NOT NULL, manifest TEXT NOT NULL,
    UNIQUE (stack, prefix, hash, job, manifest)
  );
  CREATE TABLE promotions (
    pipeline TEXT NOT NULL, hash TEXT NOT NULL, stack TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
    outcome TEXT NOT NULL, tarball TEXT, from_pipeline TEXT, from_job TEXT, reason TEXT, at TEXT NOT NULL,
    PRIMARY KEY (pipeline, hash)
  ) WITHOUT ROWID;
  CREATE INDEX promotions_by_tarball ON promotions (stack, tarball) WHERE tarball IS NOT NULL;

  CREATE TABLE package_history (
    package TEXT NOT NULL, version TEXT NOT NULL, phase TEXT NOT NULL, runs INTEGER NOT NULL,
    seconds REAL NOT NULL, cpu_seconds REAL, memory REAL, disk REAL,
    max_seconds REAL NOT NULL, max_cpu_seconds REAL, max_memory REAL, max_disk REAL, method TEXT, at TEXT NOT NULL,
    PRIMARY KEY (package, version, phase)
  ) WITHOUT ROWID;
  CREATE TABLE ended_jobs (
    stack TEXT NOT NULL, day TEXT NOT NULL, measure TEXT NOT NULL, value INTEGER NOT NULL, jobs INTEGER NOT NULL,
    PRIMARY KEY (stack, day, measure, value)
  ) WITHOUT ROWID;
  CREATE TABLE ended_pipelines (
    pipeline INTEGER PRIMARY KEY REFERENCES pipelines (id), stack TEXT NOT NULL, finished_at TEXT NOT NULL,
    status TEXT NOT NULL, seconds INTEGER NOT NULL, built INTEGER NOT NULL, reused INTEGER NOT NULL,
    built_bytes INTEGER NOT NULL, reused_bytes INTEGER NOT NULL, failures TEXT NOT NULL
  );
  CREATE INDEX ended_pipelines_by_end ON ended_pipelines (stack, finished_at);

  CREATE TABLE feed_readers (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE conditions (
    kind TEXT NOT NULL, stack TEXT NOT NULL, subject TEXT NOT NULL, is_bad INTEGER NOT NULL, occasion INTEGER,
    reported_to TEXT NOT NULL, PRIMARY KEY (kind, stack, subject)
  ) WITHOUT ROWID;
  CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT, destination TEXT NOT NULL, message TEXT, at TEXT NOT NULL, event TEXT NOT NULL
  );
  CREATE INDEX notifications_by_destination ON notifications (destination, id);
  CREATE TABLE failing_destinations (
    name TEXT PRIMARY KEY, attempts INTEGER NOT NULL, retry_at TEXT NOT NULL, problem TEXT NOT NULL,
    failing_since TEXT NOT NULL, is_reported INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE feed (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT, UNIQUE (kind, subject)
  );
  CREATE TRIGGER comment_on_request AFTER INSERT ON requests BEGIN
    INSERT INTO request_comments (stack, request, revision) VALUES (NEW.stack, NEW.number, 1)
      ON CONFLICT DO UPDATE SET revision = revision + 1;
  END;
  CREATE TRIGGER comment_on_status AFTER INSERT ON statuses BEGIN
    INSERT INTO request_comments (stack, request, revision)
      SELECT stack, number, 1 FROM requests WHERE stack = NEW.stack AND json_extract(request, '$.headSha') = NEW.sha
      UNION
      SELECT stack, number, 1 FROM requests WHERE stack = NEW.stack AND json_extract(request, '$.mergeSha') = NEW.sha
      ON CONFLICT DO UPDATE SET revision = revision + 1;
  END;
  CREATE TRIGGER comment_on_pipeline AFTER UPDATE OF status ON pipelines
    WHEN NEW.request IS NOT NULL AND OLD.status IS NOT NEW.status BEGIN
    INSERT INTO request_comments (stack, request, revision) VALUES (NEW.stack, NEW.request, 1)
      ON CONFLICT DO UPDATE SET revision = revision + 1;
  END;
  CREATE TRIGGER comment_on_command AFTER INSERT ON commands BEGIN
    INSERT INTO request_comments (stack, request, revision) VALUES (NEW.stack, NEW.request, 1)
      ON CONFLICT DO UPDATE SET revision = revision + 1;
  END;
  CREATE TRIGGER comment_on_answer AFTER UPDATE OF state ON commands BEGIN
    INSERT INTO request_comments (stack, request, revision) VALUES (NEW.stack, NEW.request, 1)
      ON CONFLICT DO UPDATE SET revision = revision + 1;
  END;

  CREATE TRIGGER count_ended_job AFTER UPDATE OF finished_at ON job_runs
    WHEN OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL AND NEW.runner IS NOT NULL BEGIN
    INSERT INTO ended_jobs
      SELECT stack, substr(NEW.finished_at, 1, 10), NEW.status, 0, 1 FROM pipelines WHERE id = NEW.pipeline
      ON CONFLICT DO UPDATE SET jobs = jobs + 1;
    INSERT INTO ended_jobs
      SELECT stack, substr(NEW.finished_at, 1, 10), measure,
        CAST((substr(span, 1, 2) / 2 * 2) || substr('000000000', 1, max(0, length(span) - 2)) AS INTEGER), 1
      FROM pipelines, (
        SELECT 'ran' AS measure, CAST(86400000 * max(0, julianday(NEW.finished_at) - julianday(NEW.started_at)) AS INTEGER)
          AS span WHERE NEW.status = 'success'
        UNION ALL
        SELECT 'waited', CAST(86400000 * max(0, julianday(NEW.started_at) - julianday(NEW.queued_at)) AS INTEGER)
      )
      WHERE id = NEW.pipeline AND span IS NOT NULL
      ON CONFLICT DO UPDATE SET jobs = jobs + 1;
  END;

  CREATE TRIGGER runner_added AFTER INSERT ON runners BEGIN
    UPDATE runner_changes SET number = number + 1;
  END;
  CREATE TRIGGER runner_changed AFTER UPDATE ON runners BEGIN
    UPDATE runner_changes SET number = number + 1;
  END;
  CREATE TRIGGER runner_unregistered AFTER INSERT ON unregistered_runners BEGIN
    UPDATE runner_changes SET number = number + 1;
  END;

  CREATE TRIGGER feed_new_pipeline AFTER INSERT ON pipelines BEGIN
    INSERT INTO feed (kind, subject) VALUES ('pipeline', NEW.id);
  END;
  CREATE TRIGGER feed_pipeline AFTER UPDATE ON pipelines
    WHEN OLD.status IS NOT NEW.status OR OLD.lock_digest IS NOT NEW.lock_digest BEGIN
    DELETE FROM feed WHERE kind = 'pipeline' AND subject = CAST(NEW.id AS TEXT);
    INSERT INTO feed (kind, subject) VALUES ('pipeline', NEW.id);
  END;
  CREATE TRIGGER feed_new_job AFTER INSERT ON job_runs BEGIN
    INSERT INTO feed (kind, subject) VALUES ('job', NEW.id);
  END;
  CREATE TRIGGER feed_job AFTER UPDATE ON job_runs BEGIN
    DELETE FROM feed WHERE kind = 'job' AND subject = CAST(NEW.id AS TEXT);
    INSERT INTO feed (kind, subject) VALUES ('job', NEW.id);
  END;
  CREATE TRIGGER feed_status AFTER INSERT ON statuses BEGIN
    DELETE FROM feed WHERE kind = 'status' AND subject = NEW.stack || ' ' || NEW.sha || ' ' || NEW.context;
    INSERT INTO feed (kind, subject, detail) VALUES ('status', NEW.stack || ' ' || NEW.sha || ' ' || NEW.context,
      json_object('stack', NEW.stack, 'sha', NEW.sha, 'context', NEW.context, 'state', NEW.state,
        'description', NEW.description, 'detail', NEW.detail, 'url', NEW.url, 'failure', json(NEW.failure),
        'at', NEW.at));
  END;
  CREATE TRIGGER feed_new_image AFTER INSERT ON publications BEGIN
    INSERT INTO feed (kind, subject, detail) VALUES ('image', NEW.id, NEW.stack);
  END;
  CREATE TRIGGER feed_image AFTER UPDATE ON publications BEGIN
    DELETE FROM feed WHERE kind = 'image' AND subject = CAST(NEW.id AS TEXT);
    INSERT INTO feed (kind, subject, detail) VALUES ('image', NEW.id, NEW.stack);
  END;
  CREATE TRIGGER feed_request AFTER INSERT ON requests BEGIN
    DELETE FROM feed WHERE kind = 'request' AND subject = NEW.stack || ' ' || NEW.number;
    INSERT INTO feed (kind, subject) VALUES ('request', NEW.stack || ' ' || NEW.number);
  END;
`;
