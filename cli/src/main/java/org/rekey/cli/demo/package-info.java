/// The narrated tour: a rotation under real clients, every step checked. Starting point:
/// [org.rekey.cli.demo.Tour].
@NullMarked
package org.rekey.cli.demo;

import org.jspecify.annotations.NullMarked;
