from experiments.benchmarks import queries


def test_it_prints_a_table(capsys):
    assert queries.main(["--words", "30", "--dimensions", "5", "--repeats", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "30 x 5 in bin, medians of 1, in seconds"
    assert lines[2] == "| words x dimensions | program | load | first query | second query | save | peak GB |"
    rows = [line.strip("| ").split(" | ") for line in lines[4:6]]
    assert [row[:2] for row in rows] == [["30 x 5", "jaxw2v"], ["30 x 5", "jaxw2v, mapped"]]
    assert all(float(number) > 0 for row in rows for number in row[2:])


def test_sizes_are_checked(capsys):
    assert queries.main(["--words", "1"]) == 2
    assert "--words takes 4 or more" in capsys.readouterr().err
