package org.rekey.cli.mender;

import java.util.List;
import org.rekey.proto.useradm.v1.TakeOverRecord;
import org.rekey.proto.useradm.v1.TakeOverResult;

/// Who takes over what was read.
interface Destination {
  /// Each record's own result, in their order.
  List<TakeOverResult> take(List<TakeOverRecord> records);
}
