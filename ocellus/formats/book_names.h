// The chapter's names of parameters: W1 and b1 belong to the first layer that has any, W2 and b2 to
// the second, and so on.
//
//   std::vector<std::string> names = BookNames(network);     // {"W1", "b1", "W2", ...}
#pragma once

#include <string>
#include <vector>

#include "ocellus/network/network.h"

namespace ocellus {

// The book's name of each parameter of the network. Throws Error if a layer has a parameter that
// the book has no name for.
template <typename T>
std::vector<std::string> BookNames(const BasicNetwork<T>& network);

}  // namespace ocellus
