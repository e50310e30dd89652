/// The gateway's own REST API, made of rpcs to useradm-svc: one table of routes, one class for each
/// resource. Runs on event loops: nothing here may block. Starting points: [RouteTable], [RestApi].
@NullMarked
package org.rekey.gateway.rest;

import org.jspecify.annotations.NullMarked;
