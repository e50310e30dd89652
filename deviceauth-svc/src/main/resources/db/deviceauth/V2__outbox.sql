-- Events on their way to Kafka, in the order of writing. The relay takes them out once Kafka has them.
CREATE TABLE outbox (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text COLLATE "C" NOT NULL,
  key   text COLLATE "C" NOT NULL,
  value bytea NOT NULL
);

-- One row for each topic that a relay publishes, beside a sequence of the numbers of its events. Whoever holds the row's
-- lock is the one relay that publishes.
CREATE TABLE outbox_topic (
  topic  text COLLATE "C" PRIMARY KEY,
  -- What the replicas of this service seal events with, so that nobody else can make one.
  secret bytea NOT NULL
);
