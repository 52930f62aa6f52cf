// The sums of a finding, once its resources have changed.
#pragma once

#include "src/report/model.h"

namespace lifeguard::judge {

void recount(report::Finding* finding);

}  // namespace lifeguard::judge
