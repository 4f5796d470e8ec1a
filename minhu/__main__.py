"""python -m minhu"""

from minhu.command_line import main

main()
