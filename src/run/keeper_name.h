// The keeper under a name of its own: whoever ends `lifeguard run` by its name (killall, pkill -f) does not mean it.
#pragma once

namespace lifeguard::run {

void name_keeper(int of);

}  // namespace lifeguard::run
