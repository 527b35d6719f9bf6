// The hint after a name that nobody knows.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ocellus {

// Returns "; did you mean 'lenet'?" for the known name that is closest to `name`, or "; known: a,
// b" if none is close (at most a third of its characters wrong, upper and lower case being equal).
std::string DidYouMean(std::string_view name, std::span<const std::string> known);

// The number of characters to insert, delete, replace or swap with their neighbour to turn one
// string into the other (Damerau 1964, in its optimal string alignment form).
int EditDistance(std::string_view a, std::string_view b);

}  // namespace ocellus
