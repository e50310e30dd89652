-- Events on their way to Kafka, in the order of writing. The relay takes them out once Kafka has them.
CREATE TABLE outbox (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text COLLATE "C" NOT NULL,
  key   text COLLATE "C" NOT NULL,
  value bytea NOT NULL
);

-- One row for each topic. Whoever holds its lock is the one relay that publishes.
CREATE TABLE outbox_topic (
  topic  text COLLATE "C" PRIMARY KEY,
  -- The number of the last event that was published.
  number bigint NOT NULL,
  -- What the replicas of this service seal events with, so that nobody else can make one.
  secret bytea NOT NULL
);
