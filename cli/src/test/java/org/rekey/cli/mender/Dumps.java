package org.rekey.cli.mender;

/// Lines as mongoexport writes them of Mender's collections.
final class Dumps {
  static final String HASH = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
  static final String USER_ID = "2bbde4d1-2a4c-47dc-9df4-f048285d2704";
  static final String TOKEN_ID = "0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9";

  /// [#USER_ID] and [#TOKEN_ID] as binary data.
  static final String USER_BINARY = "K73k0SpMR9yd9PBIKF0nBA==";

  static final String TOKEN_BINARY = "ChssPU5fQHGCk6S1xtfo+Q==";

  private Dumps() {}

  static String relaxedUser() {
    return """
        {"_id":"%s","etag":{"$binary":{"base64":"AAAAAGUBAgMEAAAB","subType":"00"}},\
        "email":"admin@example.com","password":"%s",\
        "created_ts":{"$date":"2024-01-02T03:04:05.678Z"},\
        "updated_ts":{"$date":"2024-02-03T04:05:06Z"},"login_ts":{"$date":"2025-01-01T00:00:00Z"},\
        "tenant_id":""}"""
        .formatted(USER_ID, HASH);
  }

  static String canonicalUser() {
    return """
        {"_id":"%s","email":"admin@example.com","password":"%s",\
        "created_ts":{"$date":{"$numberLong":"1704164645678"}},\
        "updated_ts":{"$date":{"$numberLong":"1706933106000"}},\
        "login_ts":{"$date":{"$numberLong":"1735689600000"}},"tenant_id":""}"""
        .formatted(USER_ID, HASH);
  }

  static String relaxedToken() {
    return """
        {"_id":{"$binary":{"base64":"%s","subType":"04"}},\
        "sub":{"$binary":{"base64":"%s","subType":"04"}},\
        "exp":{"time":{"$date":"2030-01-09T03:04:05.678Z"}},\
        "iat":{"time":{"$date":"2024-01-02T03:04:05.678Z"}},\
        "user":true,"iss":"mender.useradm","scp":"mender.*",\
        "nbf":{"time":{"$date":"2024-01-02T03:04:05.678Z"}},\
        "last_used":{"$date":"2024-05-05T05:05:05Z"},"name":"ci","key_id":5539,"tenant_id":""}"""
        .formatted(TOKEN_BINARY, USER_BINARY);
  }

  static String canonicalToken() {
    return """
        {"_id":{"$binary":{"base64":"%s","subType":"03"}},\
        "sub":{"$binary":{"base64":"%s","subType":"04"}},\
        "exp":{"time":{"$date":{"$numberLong":"1894158245678"}}},\
        "iat":{"time":{"$date":{"$numberLong":"1704164645678"}}},\
        "user":true,"iss":"mender.useradm","scp":"mender.*",\
        "last_used":{"$date":{"$numberLong":"1714885505000"}},\
        "name":"ci","key_id":{"$numberInt":"5539"},"tenant_id":""}"""
        .formatted(TOKEN_BINARY, USER_BINARY);
  }

  /// A session of a user, both with ids that are texts.
  static String session(String id, String user) {
    return """
        {"_id":"%s","sub":"%s","iat":{"time":{"$date":"2024-01-02T03:04:05Z"}},\
        "exp":{"time":{"$date":"2030-01-09T03:04:05Z"}}}"""
        .formatted(id, user);
  }

  static String user(String id) {
    return """
        {"_id":"%s","email":"%s@example.com","password":"%s"}"""
        .formatted(id, id, HASH);
  }
}
