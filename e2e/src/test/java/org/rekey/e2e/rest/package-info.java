/// Calls of the REST API by the names of its operations, every answer held against the OpenAPI
/// document that the gateway serves. Starting point: [Rest].
@NullMarked
package org.rekey.e2e.rest;

import org.jspecify.annotations.NullMarked;
