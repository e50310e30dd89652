package org.rekey.gateway.rest;

/// How many items a page holds when the client does not say, and at most.
record PageLimits(int perPage, int maxPerPage) {}
