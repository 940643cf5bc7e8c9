from experiments.benchmarks import queries


def test_it_prints_a_table(capsys):
    assert queries.main(["--words", "30", "--dimensions", "5", "--repeats", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "30 x 5 in bin, medians of 1, in seconds"
    assert lines[2] == "| program | load | first query | second query |"
    assert [line.split(" | ")[0] for line in lines[4:6]] == ["| jaxw2v", "| jaxw2v, mapped"]


def test_sizes_are_checked(capsys):
    assert queries.main(["--words", "1"]) == 2
    assert "--words takes 4 or more" in capsys.readouterr().err
