// ocellus show mistakes: what a model gets wrong.
#include <fmt/core.h>

#include "ocellus/base/error.h"
#include "ocellus/tools/data_arguments.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/show_commands.h"
#include "ocellus/tools/work_line.h"
#include "ocellus/view/confusion_picture.h"
#include "ocellus/view/mistakes_picture.h"

namespace ocellus {
namespace {

struct MistakesArguments : ShowArguments {
  DataArguments data;
  std::string split = "test";
  std::string confusion = "confusion.png";
  int64_t count = 40;
  int64_t batch_size = 100;
  int threads = 0;
};

int ShowMistakes(const MistakesArguments& arguments) {
  const Model model = LoadModelArgument(arguments.model, arguments.net);
  const std::unique_ptr<ThreadPool> pool = MakePool(arguments.threads);
  const DataSplits data = LoadDataFor(model, arguments.data, pool.get());
  const Dataset& split = SplitOf(data, arguments.split);
  const std::string data_name = DataNameFor(model, arguments.data);
  ExpectClassesOf(model, split.class_names(), data_name);
  Mistakes mistakes;
  {
    WorkLine line("looking for mistakes");
    mistakes = FindMistakes(
        model.network, split, model.preprocessing, arguments.count,
        {.batch_size = arguments.batch_size, .pool = pool.get(), .progress = line.callback()});
  }
  const std::string net = ModelTitle(model, arguments.model);
  const std::string where = fmt::format("on {} ({})", data_name, arguments.split);
  const Image sheet = DrawMistakes(mistakes, split, model.preprocessing,
                                   fmt::format("What {} gets wrong {}", net, where));
  const Image confusion =
      DrawConfusion(mistakes.confusion, split.class_names(), fmt::format("{} {}", net, where));
  WritePng(sheet, arguments.out);
  WritePng(confusion, arguments.confusion);
  fmt::print("{} of {} wrong; wrote {} and {}\n", mistakes.wrong, mistakes.samples, arguments.out,
             arguments.confusion);
  return 0;
}

}  // namespace

void AddShowMistakesCommand(CLI::App& show, Action& action) {
  CLI::App* command =
      show.add_subcommand("mistakes", "Wrongly classified pictures and the confusion matrix");
  auto arguments = std::make_shared<MistakesArguments>();
  MistakesArguments& a = *arguments;
  a.out = "mistakes.png";
  AddShowOptions(*command, a);
  AddPngOption(*command, "--confusion", a.confusion, "PNG file to write for the confusion matrix");
  AddDataArguments(*command, a.data, DefaultData::kOfModel);
  command->add_option("--split", a.split, "test or train");
  command->add_option("--count", a.count, "Pictures to show at most");
  command->add_option("--batch-size", a.batch_size, "Samples computed together");
  command->add_option("--threads", a.threads, "Threads to use (0: all processors)");
  command->callback(
      [arguments, &action] { action = [arguments] { return ShowMistakes(*arguments); }; });
}

}  // namespace ocellus
